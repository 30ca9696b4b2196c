/**
 * Recorded prices played back, and streams written down.
 * @module tickmark/replay
 */
export { readRecording, type ReadRecordingOptions } from './read-recording.js';
export {
  controlLine as control,
  rejectedLine as rejected,
  type DecodedLine,
  type LineDecoder,
  type LineNote,
  type RecordedMessage,
  type RecordedStatus,
  type RecordingFormat,
} from './recording-format.js';
export { BUILT_IN_FORMATS, type BuiltInFormatName, type FormatChoice } from './built-in-formats.js';
export type { LineCounts } from './line-counter.js';
export type { ReplayPriceStreamAdapterOptions } from './replay-options.js';
export type { ReplayProgress } from './replay-progress.js';
export { ReplayPriceStreamAdapter, type ReplayStats } from './replay-price-stream-adapter.js';
export { sessionRecording, type SessionSink, type SessionVenue } from './formats/session.js';
export type { RecordingHeader } from './formats/tickmark.js';
export {
  recordPriceStream,
  type PriceStreamRecording,
  type RecordPriceStreamOptions,
} from './record-price-stream.js';
export type { RecordingStats } from './stream-recorder.js';
