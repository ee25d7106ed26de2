# All commands on Node's own small image: docker build --tag jobside .
FROM node:24-alpine
COPY --chmod=755 dist/ /opt/jobside/
RUN ln -s /opt/jobside/jobside.mjs /usr/local/bin/jobside \
 && rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
USER node
WORKDIR /home/node
# No entry point: GitLab Runner starts a shell in the image. The commands are "jobside NAME".
CMD ["jobside"]
