import { rejectedLine, type LineNote } from '../recording-format.js';

/** Makes a function that gives the note of a reason, and creates it once. */
export function rejections(): (reason: string) => LineNote {
  const notes = new Map<string, LineNote>();
  return (reason) => {
    let note = notes.get(reason);
    if (!note) notes.set(reason, (note = rejectedLine(reason)));
    return note;
  };
}
