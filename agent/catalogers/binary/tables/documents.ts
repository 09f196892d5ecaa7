import type { DocumentClassifier } from '../classifier.ts';

/** `{vsn,"1.14.0"}` of an application resource file. Source: Erlang/OTP, app(4). */
const ERLANG_APPLICATION = /\{\s*vsn,\s*"(\d+\.\d+\.\d+(?:-[\w.]{1,20})?)"\s*\}/;

/** What states its version in a file of its own. */
export const DOCUMENTS: readonly DocumentClassifier[] = [
  {
    name: 'go',
    basename: 'VERSION',
    path: /(?:^|\/)go(?:-\d[\d.]*)?\/VERSION$/,
    pattern: /^go(\d+\.\d+(?:\.\d+)?(?:(?:beta|rc)\d+)?)(?:\s|$)/,
  },
  {
    name: 'erlang',
    basename: 'OTP_VERSION',
    path: /(?:^|\/)releases\/\d+\/OTP_VERSION$/,
    pattern: /^(\d+(?:\.\d+){1,4}(?:-rc\d+)?)\s*$/,
  },
  {
    name: 'swi-prolog',
    basename: 'swipl.pc',
    path: /(?:^|\/)pkgconfig\/swipl\.pc$/,
    pattern: /(?:^|\n)Version: (\d+\.\d+\.\d+)\s/,
  },
  {
    name: 'elixir',
    basename: 'elixir.app',
    path: /(?:^|\/)elixir\/ebin\/elixir\.app$/,
    pattern: ERLANG_APPLICATION,
  },
  {
    name: 'rabbitmq',
    basename: 'rabbit.app',
    path: /(?:^|\/)rabbit(?:-[\w.-]+)?\/ebin\/rabbit\.app$/,
    pattern: ERLANG_APPLICATION,
  },
];
