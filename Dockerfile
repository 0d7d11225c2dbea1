# Sidecar, controller and the commands that set them up: one image, `kubezoo` is its entry point. See docs/compose.md.
# Both builders (BuildKit, and the one before it) can build it, for each platform that the base image has.
FROM node:24.9.0-bookworm-slim AS build

WORKDIR /app
COPY package.json package-lock.json ./
# No script of a package's runs, and nothing of it stays that Node does not read.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' \) -delete \
  && rm -rf node_modules/.bin
COPY . .
RUN rm -rf deploy package-lock.json

# The file system of the image: Node (with its own roots of trust) and the libraries that it is linked with. No shell, no package manager.
RUN mkdir -p /image/app /image/etc /image/usr/local/bin /image/tmp /image/run/kubezoo /image/var/lib/kubezoo \
  && cp /usr/local/bin/node /image/usr/local/bin/ \
  && ldd /usr/local/bin/node | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} /image \
  && cp -a bin envoy proto src node_modules package.json LICENSE /image/app/ \
  && chmod -R a+rX,go-w /image/app \
  && printf 'kubezoo:x:65532:65532::/tmp:/sbin/nologin\n' > /image/etc/passwd \
  && printf 'kubezoo:x:65532:\n' > /image/etc/group
COPY deploy/docker/kubezoo deploy/docker/kubezoo-health /image/usr/local/bin/
RUN chmod 755 /image/usr/local/bin/* \
  # Volumes take their owner and mode from here: whichever user the container has may write into its own.
  && mkdir /image/var/lib/kubezoo/access /image/var/lib/kubezoo/cluster /image/var/lib/kubezoo/envoy /image/var/lib/kubezoo/envoy-keys \
    /image/var/lib/kubezoo/etcd /image/var/lib/kubezoo/keys \
  && chmod 1777 /image/tmp /image/run/kubezoo /image/var/lib/kubezoo/*

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/local/bin NODE_ENV=production
WORKDIR /app
USER 65532:65532
# Of a sidecar; whoever runs a command of another kind has no port to ask (docker run --no-healthcheck).
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["kubezoo-health", "http://127.0.0.1:9090/readyz"]
ENTRYPOINT ["kubezoo"]
CMD ["--help"]
