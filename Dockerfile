FROM debian:12-slim AS build
COPY . /ae
RUN apt-get update && apt-get install -y --no-install-recommends make && make -C /ae deb
FROM debian:12-slim
RUN --mount=from=build,source=/ae/build/deb,target=/deb apt-get update && apt-get install -y /deb/libae1_*.deb /deb/ae-tools_*.deb
ENTRYPOINT ["ae"]
