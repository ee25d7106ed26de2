# All commands on Node's own small image: docker build --tag jobside .
FROM node:24-alpine
COPY --chmod=755 dist/ /opt/jobside/
RUN ln -s /opt/jobside/jobside.mjs /usr/local/bin/jobside \
 && rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && mkdir /opt/jobside/cache \
 && chown node:node /opt/jobside/cache
# By number, so that Kubernetes can see that it is not root; the base calls it node.
USER 1000:1000
WORKDIR /home/node
# Compiled here once, not at each start. Node keeps a cache for each user: as another one the commands work without.
ENV NODE_COMPILE_CACHE=/opt/jobside/cache
RUN for program in /opt/jobside/*.mjs; do node "$program" --version || exit 1; done
# No entry point: GitLab Runner starts a shell in the image. The commands are "jobside NAME".
CMD ["jobside"]
