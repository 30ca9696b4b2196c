// The server asks for one value, as in examples/http-server.ts. It subscribes to nothing.
export default defineEventHandler((event) =>
  $fetch(`${useRuntimeConfig(event).values}/portfolios/${getRouterParam(event, 'id')}`),
);
