export { canonicalJson } from '../../core/canonical-json.ts';
