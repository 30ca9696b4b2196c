import { MockPriceStreamAdapter } from 'tickmark';
import { ReplayPriceStreamAdapter, recordPriceStream } from 'tickmark/replay';

const stream = new MockPriceStreamAdapter(); // Or any other price stream.
const recording = await recordPriceStream(stream, 'today.jsonl.gz');
// As long as you like; then:
await recording.close();

const replay = new ReplayPriceStreamAdapter({ files: 'today.jsonl.gz', speed: 10, symbols: 'all' });
replay.onMessage((message) => console.log(message));
await replay.connect();
await replay.finished;
