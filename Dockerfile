# One image for every role: `citywatch up aggregate`, `citywatch up sink`, `citywatch replay ...`
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY citywatch ./citywatch
COPY runtime ./runtime
COPY schemas ./schemas
COPY figures ./figures
COPY sources ./sources
COPY streams ./streams
COPY sinks ./sinks
COPY console ./console
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home citywatch \
    && install -d -o citywatch -g citywatch /var/lib/citywatch
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CITYWATCH_DATA=/var/lib/citywatch
USER citywatch
WORKDIR /var/lib/citywatch
VOLUME /var/lib/citywatch
ENTRYPOINT ["citywatch"]
CMD ["--help"]
