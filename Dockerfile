# The server, without what it takes to build and test it.
FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src src
# The peers become dependencies, so that pruning keeps them, in the versions of the lock file.
RUN npm ci && npm pkg set --json "dependencies=$(npm pkg get peerDependencies)" \
  && npm pkg delete devDependencies peerDependencies peerDependenciesMeta 'dependencies.@types/node' \
  && npm prune --ignore-scripts

FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY console console
# The embedded database, where DATABASE_URL does not say otherwise; mount a volume here to keep it.
RUN install -d -o node -g node -m 700 /app/.tradepost
VOLUME /app/.tradepost
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main/cli.js", "serve"]
