import { onScopeDispose } from 'vue';
import { plainNumber } from './figures';

/** Copies cells of tables as a spreadsheet reads them: a line for each row, tabs between cells, plain numbers. */
export function copyPlainCells(locale: () => string): void {
  const copy = (event: ClipboardEvent): void => {
    const lines = selectedRows(document.getSelection());
    if (!lines.some(({ length }) => length > 1) && lines.length < 2) return;
    const text = lines.map((cells) => cells.map((cell) => plain(cell, locale())).join('\t')).join('\n');
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };
  document.addEventListener('copy', copy);
  onScopeDispose(() => document.removeEventListener('copy', copy));
}

function plain(cell: HTMLElement, locale: string): string {
  if (cell.matches('td.number')) return plainNumber(cell.textContent!, locale);
  return (cell.querySelector('.symbol') ?? cell).textContent!.trim();
}

/** Cells of which something is selected, by row; none unless all that is selected lies in one table. */
function selectedRows(selection: Selection | null): HTMLElement[][] {
  if (!selection || selection.rangeCount === 0) return [];
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: place } = range;
  const table = (place instanceof Element ? place : place.parentElement)?.closest('table');
  if (!table) return [];
  return [...table.rows]
    .map((row) => [...row.cells].filter((cell) => isSelected(cell, range)))
    .filter(({ length }) => length > 0);
}

function isSelected(cell: HTMLElement, range: Range): boolean {
  if (!range.intersectsNode(cell)) return false;
  const part = document.createRange();
  part.selectNodeContents(cell);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0)
    part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0)
    part.setEnd(range.endContainer, range.endOffset);
  return part.toString().trim() !== '';
}
