# The portal as one image: the web, the worker and the clock run it with different commands.

FROM node:22-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY static/build.mjs static/build.mjs
COPY static/src static/src
RUN npm run build

FROM python:3.13-slim AS packages
COPY requirements/base.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /srv/static /srv/media
WORKDIR /srv/portal
COPY --from=packages /venv /venv
COPY manage.py pyproject.toml ./
COPY portal portal
COPY techmap techmap
COPY engagement engagement
COPY reporting reporting
COPY innovation_den innovation_den
COPY templates templates
COPY static static
COPY --from=assets /build/static/build static/build
USER portal
# Gathering files reads no secret and no database; the settings still ask for their names.
RUN SECRET_KEY=used-for-gathering-static-files-alone-and-in-no-running-portal LOCAL_HTTP=true \
    DATABASE_URL=postgres://none@127.0.0.1/none CELERY_BROKER_URL=redis://127.0.0.1/0 \
    python manage.py collectstatic --no-input
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
