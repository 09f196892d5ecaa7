export { end, endShims, isAlive, launch, ready, unmountBelow } from '../../cli/demo/daemon.ts';
