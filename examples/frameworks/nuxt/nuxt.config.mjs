export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  devtools: { enabled: false },
  telemetry: false,
  app: { head: { title: 'Live portfolio', link: [{ rel: 'icon', href: 'data:,' }] } },
  // From the environment: NUXT_VALUES, NUXT_PUBLIC_LIVE.
  runtimeConfig: { values: '', public: { live: '/live' } },
  // Otherwise the development server finds them when a browser asks for them, and reloads the page.
  vite: { optimizeDeps: { include: ['tickmark/client', 'tickmark/vue'] } },
});
