/**
 * Recordings of price streams: record, read and replay.
 * @module tickmark/replay
 */
export { BUILT_IN_FORMATS, type BuiltInFormatName, type FormatChoice } from './built-in-formats.js';
export { sessionRecording, type SessionSink, type SessionVenue } from './formats/session.js';
export type { ColumnRole } from './formats/table/column-names.js';
export type { FileRead, LineCounts, RejectedLine } from './line-counter.js';
export { readRecording, type ReadRecordingOptions } from './read-recording.js';
export {
  recordPriceStream,
  type PriceStreamRecording,
  type RecordPriceStreamOptions,
} from './record-price-stream.js';
export {
  controlLine,
  rejectedLine,
  type DecodedLine,
  type LineDecoder,
  type LineNote,
  type RecordedFile,
  type RecordedMessage,
  type RecordedStatus,
  type RecordingFormat,
} from './recording-format.js';
export type { Columns, DateOrder, ReadingOptions, TimeUnit } from './reading-options.js';
export type { ReplayPriceStreamAdapterOptions } from './replay-options.js';
export { ReplayPriceStreamAdapter, type ReplayStats } from './replay-price-stream-adapter.js';
export type { ReplayProgress } from './replay-progress.js';
export type { RecordingStats } from './stream-recorder.js';
