import { TickmarkClient } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';

export default defineNuxtPlugin((nuxtApp) => {
  nuxtApp.vueApp.use(tickmark(new TickmarkClient({ url: useRuntimeConfig().public.live })));
});
