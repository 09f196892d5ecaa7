/** What work that is done in steps comes to, all steps at once. */
export function resultOf<T>(steps: Generator<undefined, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
