/** @type {import('next').NextConfig} */
export default {
  // This folder, although a project with a lockfile of its own is around it.
  turbopack: { root: import.meta.dirname },
};
