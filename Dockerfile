# syntax=docker/dockerfile:1
# One target for each service, and one for the sandbox: docker build --target svc-orders -t svc-orders .
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist \
        --bin svc-orders --bin svc-review --bin svc-photo --bin svc-notify --bin sandbox && \
    mkdir -p /out/objects && cp target/dist/svc-orders target/dist/svc-review target/dist/svc-photo target/dist/svc-notify \
        target/dist/sandbox /out/

# glibc, the system's certificates, a user without rights, and nothing else.
FROM gcr.io/distroless/cc-debian12:nonroot AS base
EXPOSE 8080
ENV HTTP_BIND=0.0.0.0:8080

FROM base AS svc-orders
COPY --from=build /out/svc-orders /svc-orders
ENTRYPOINT ["/svc-orders"]

FROM base AS svc-review
COPY --from=build /out/svc-review /svc-review
ENTRYPOINT ["/svc-review"]

FROM base AS svc-photo
COPY --from=build /out/svc-photo /svc-photo
# A volume that is mounted here begins with its owner.
COPY --from=build --chown=65532:65532 /out/objects /objects
ENTRYPOINT ["/svc-photo"]

FROM base AS svc-notify
COPY --from=build /out/svc-notify /svc-notify
ENTRYPOINT ["/svc-notify"]

FROM base AS sandbox
COPY --from=build /out/sandbox /sandbox
ENTRYPOINT ["/sandbox"]
