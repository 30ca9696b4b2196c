// A route handler of Next.js, as `app/live/route.ts`. A route has no WebSockets.
import { gateway } from './live.js';

export const dynamic = 'force-dynamic';
export const GET = (request: Request): Promise<Response> => gateway.handle(request);
// Changes an open stream.
export const POST = GET;
