# Sluice: one file of JavaScript on distroless Node.js, without a shell, as nobody, on a read-only root.
# The file is the same for every architecture, so only the base differs:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag IMAGE .

FROM --platform=$BUILDPLATFORM node:24.21.0-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json LICENSE ./
COPY scripts scripts
COPY src src
RUN npm run bundle

FROM gcr.io/distroless/nodejs24-debian13:nonroot
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="sluice" \
      org.opencontainers.image.description="Kubernetes Service networking for AWS-like clouds, end to end" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot"
ENV NODE_ENV=production
COPY --from=build --chown=0:0 /src/dist/image/ /app/
# A number, so that Kubernetes can check runAsNonRoot.
USER 65532:65532
# Metrics, health.
EXPOSE 8080 8081
ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps", "/app/sluice.mjs"]
CMD ["--help"]
