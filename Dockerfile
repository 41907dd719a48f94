# The image that all roles run from: compiled JavaScript, its dependencies, the guests' ISO. Nothing runs as root, and
# nothing is written to the image's file system.
FROM golang:1.26-bookworm AS go

FROM node:24-bookworm AS build
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH
# The package lists stay: the ISO's kernel comes from them.
RUN apt-get update && apt-get install --yes --no-install-recommends xorriso
WORKDIR /vic
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm run guest && npm prune --omit=dev

FROM node:24-bookworm-slim
# Two arenas: glibc would keep eight per core, and their holes.
ENV NODE_ENV=production VIC_GUEST_ISO=/vic/guest.iso MALLOC_ARENA_MAX=2
WORKDIR /vic
COPY --from=build /vic/package.json /vic/LICENSE ./
COPY --from=build /vic/node_modules node_modules
COPY --from=build /vic/dist dist
COPY --from=build /vic/.lab/guest/vic.iso guest.iso
COPY --from=build /vic/.lab/guest/PARTS.md GUEST-PARTS.md
COPY --from=build /vic/.lab/guest/licences guest-licences
USER 65532:65532
ENTRYPOINT ["node", "--max-semi-space-size=4", "--enable-source-maps", "dist/main.js"]
