export { readRecording, type ReadRecordingOptions } from './read-recording.js';
export {
  control,
  rejected,
  type DecodedLine,
  type LineDecoder,
  type LineNote,
  type RecordingFormat,
} from './recording-format.js';
export { BUILT_IN_FORMATS, type BuiltInFormatName, type FormatChoice } from './built-in-formats.js';
export type { LineCounts } from './line-tally.js';
export type { ReplayPriceStreamAdapterOptions } from './replay-options.js';
export type { ReplayProgress } from './replay-progress.js';
export { ReplayPriceStreamAdapter, type ReplayStats } from './replay-price-stream-adapter.js';
