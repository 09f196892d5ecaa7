# One image for the agent and the collector: docker build --tag tallyman .
# Both base images can be replaced, by a mirror's or by one's own; the second needs only the C and C++ libraries.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

# Node itself is an npm package, pinned in the lockfile like all others.
WORKDIR /image
RUN mkdir -p app usr/bin usr/local/bin /state \
    # Node cannot set IO priorities; util-linux's program can, and needs the C library alone (platform/priority.ts).
    && cp /usr/bin/ionice usr/bin/ionice \
    && mv /src/node_modules/node-linux-*/bin/node usr/local/bin/node \
    && if command -v strip; then strip --strip-unneeded usr/local/bin/node; fi \
    && mv /src/dist /src/node_modules /src/package.json app/ \
    && cd app/node_modules \
    # A peer of a library's types only, and what native code would be built from.
    && rm -rf .bin .package-lock.json node-linux-* typescript @typescript nan buildcheck cpu-features \
    && find . -type f '(' -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' ')' -exec rm {} + \
    && printf '#!/usr/local/bin/node\nimport("/app/dist/cli/main.js");\n' > /image/usr/local/bin/tallyman \
    && chmod 0755 /image/usr/local/bin/tallyman

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tallyman" \
      org.opencontainers.image.description="Counts what is in every node's image cache, says what matters, and clears what nobody uses" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# glibc keeps what a scan freed unless told otherwise (bench/agent-memory.ts).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=16384 MALLOC_MMAP_THRESHOLD_=16384 MALLOC_TOP_PAD_=4096
COPY --from=build /image /
# The collector runs as this user. The agent must be root (--user 0), to read the engines' sockets and layers.
COPY --from=build --chown=65532:65532 /state /var/lib/tallyman
USER 65532:65532
EXPOSE 7443 7480 7481
ENTRYPOINT ["/usr/local/bin/tallyman"]
