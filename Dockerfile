# The gear's image. The Flywheel engine starts it as root, in /flywheel/v0, by bash and with the
# manifest's command, without the ENV and ENTRYPOINT below: those serve "docker run".
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
COPY requirements.txt /
RUN python -m pip install --no-cache-dir --no-compile --require-hashes --prefix=/packages \
        --disable-pip-version-check --root-user-action=ignore -r /requirements.txt
# What never runs: the packages' own tests and test data.
RUN rm -rf /packages/lib/python*/site-packages/pandas/tests \
           /packages/lib/python*/site-packages/pydicom/data/test_files \
    && find /packages/lib/python*/site-packages/numpy -type d -name tests -prune -exec rm -r {} +
COPY run.py manifest.json /gear/
COPY report /gear/report
COPY fw_gear_viewer_check /gear/fw_gear_viewer_check
# Compiled here, since the file system is read-only later; unchecked, since nothing changes. Any
# user may read all of it, whatever the modes in the tree that the image was built from.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        -s /packages -p /usr/local /packages \
    && python -m compileall -q --invalidation-mode unchecked-hash \
        -s /gear -p /flywheel/v0 /gear \
    && mkdir /gear/input /gear/output \
    && chmod -R u=rwX,go=rX /gear /packages

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="viewer-check" \
      org.opencontainers.image.description="Will the Flywheel viewer open this DICOM series, and if not, why" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.authors="viewer-check developers"
ENV OPENBLAS_NUM_THREADS=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /packages /usr/local
COPY --from=build /gear /flywheel/v0
WORKDIR /flywheel/v0
ENTRYPOINT ["python", "/flywheel/v0/run.py"]
