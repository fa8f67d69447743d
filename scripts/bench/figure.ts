/** What a row is to reach: so many units, or a part of what somebody else in the row needs. */
export type Figure = number | { readonly times: number; readonly of: string };

/** The figure in the row's unit; `null` where the other one was not measured. */
export function figureOf(
  figure: Figure,
  measured: Readonly<Record<string, number>>,
): number | null {
  if (typeof figure === 'number') return figure;
  const other = measured[figure.of];
  return other === undefined ? null : figure.times * other;
}

/** What stands in the note of a row whose figure is a part of another's. */
export function figureNote(figure: Figure): string {
  if (typeof figure === 'number') return '';
  return `the figure is ${Number(figure.times.toFixed(2))} of ${figure.of}`;
}
