// What the documentation uses of Next and Nuxt, which `npm ci` does not install.
declare module 'next/navigation' {
  export function useParams<Params extends Record<string, string | string[] | undefined>>(): Params;
}

declare module '#app' {
  import type { App } from 'vue';

  export function defineNuxtPlugin(plugin: (nuxtApp: { readonly vueApp: App }) => void): unknown;
}
