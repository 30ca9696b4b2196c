// A Vue app with live values, in browser-apps/vue: App.vue, Row.vue and main.ts. Opens at http://127.0.0.1:5173.
import { serveApp } from './browser-apps/serve-app.js';

await serveApp('vue');
