# The model component. Build from the repository's root: docker build -f docker/model.Dockerfile -t offerloop-model .

FROM python:3.11-slim-bookworm AS packages
# the newest with its security updates
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
# An image travels: it must not be compiled for the processor it happens to be built on. This set is that of x86-64
# servers since 2013; on newer ones add -DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON, on ARM pass just -DGGML_NATIVE=OFF.
ARG CPU_FLAGS="-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_BMI2=ON -DGGML_FMA=ON -DGGML_F16C=ON"
WORKDIR /build
COPY requirements/run.lock .
RUN python -m venv /opt/venv \
    && CMAKE_ARGS="-DLLAVA_BUILD=OFF ${CPU_FLAGS}" /opt/venv/bin/pip install --no-cache-dir \
        --constraint run.lock llama-cpp-python numpy starlette uvicorn prometheus-client

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin offerloop \
    && install -d -o offerloop -m 0755 /var/lib/offerloop /var/lib/offerloop/models /var/lib/offerloop/tmp
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY model/__init__.py model/slots.py model/
COPY model/serving model/serving
COPY model/weights model/weights
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODEL_PATH=/app/model/weights/base-7.gguf \
    MODEL_HOST=0.0.0.0 \
    MODEL_PORT=8090
# nothing can be compiled later, and the base has its library uncompiled: every start and every health check would read the sources anew
RUN python -m compileall -q -x '/(tests?|site-packages|lib2to3)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" model
USER 10001
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=3s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"MODEL_PORT\"]}/health', timeout=2)"]
CMD ["python", "-m", "model.serving.server"]
