// @actions/core reaches GitHub's OIDC service through this client. No command asks for an OIDC token,
// so the bundles carry this refusal instead of a second HTTP stack.
const refuse = () => {
  throw new Error('GitHub OIDC is not part of jobside')
}
export {refuse as HttpClient, refuse as BearerCredentialHandler}
