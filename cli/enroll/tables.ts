import type { NodeCertificate } from '../../collector/enroll/enroll-store.ts';
import type { JoinTokenView } from '../../collector/enroll/join-token-orders.ts';
import type { Column } from '../output/table.ts';
import { ageText, leftText } from '../output/text.ts';
import type { MadeToken } from './desk.ts';

/** `now`: ms since the epoch. */
export function tokenColumns(now: number): Column<JoinTokenView>[] {
  return [
    { title: 'id', value: (one) => one.id },
    { title: 'nodes', value: (one) => one.nodes },
    { title: 'used', value: (one) => `${one.used} of ${one.uses}`, align: 'right' },
    { title: 'made', value: (one) => ageText(one.createdAt, now), align: 'right' },
    { title: 'good for', value: (one) => leftText(one.expiresAt, now), align: 'right' },
  ];
}

export function madeTokenColumns(now: number): Column<MadeToken>[] {
  return [
    { title: 'token', value: (one) => one.text },
    { title: 'nodes', value: (one) => one.nodes },
    { title: 'uses', value: (one) => one.uses, align: 'right' },
    { title: 'good for', value: (one) => leftText(one.expiresAt, now), align: 'right' },
  ];
}

export function certificateColumns(now: number): Column<NodeCertificate>[] {
  return [
    { title: 'node', value: (one) => one.node },
    { title: 'serial', value: (one) => one.serial },
    { title: 'issued', value: (one) => ageText(one.issuedAt, now), align: 'right' },
    { title: 'good for', value: (one) => leftText(one.validUntil, now), align: 'right' },
    { title: 'by', value: proofText },
  ];
}

function proofText({ proof, joinToken }: NodeCertificate): string {
  return joinToken === undefined ? proof.replaceAll('-', ' ') : `join token ${joinToken}`;
}
