// A React app with live values, in browser-apps/react: main.tsx. Opens at http://127.0.0.1:5173.
import { serveApp } from './browser-apps/serve-app.js';

await serveApp('react');
