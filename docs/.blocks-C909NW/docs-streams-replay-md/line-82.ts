import { ReplayPriceStreamAdapter, sessionRecording } from 'tickmark/replay';
import { binance } from 'tickmark/websocket';

new ReplayPriceStreamAdapter({ files: 'binance.session.jsonl.gz', format: sessionRecording(binance()), symbols: 'all' });
