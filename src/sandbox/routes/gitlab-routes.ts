/**
 * What GitLab serves and the sandbox does not: the names that come first in a path. Asked for one of them, the sandbox
 * says that it lacks it; anything else is unknown to every GitLab. https://docs.gitlab.com/api/api_resources/
 */

const topLevel = new Set(
  `admin analytics application appearance applications audit_events avatar broadcast_messages bulk_imports ci
  container_registry_event custom_attributes deploy_keys deploy_tokens discover-cert-based-clusters environments events
  feature_flags features geo geo_nodes gitlab groups hooks import import_exports integrations internal issues issues_statistics
  job jobs keys license licenses lint markdown member_roles merge_requests metadata migrations namespaces ml organizations
  packages pages personal_access_tokens pipelines projects protected_container_registry registry runners search service_accounts
  settings sidekiq slack snippets suggestions supply_chain system templates todos topics usage_data user user_counts users
  version virtual_registries vulnerabilities web_commits`.split(/\s+/),
)

const inProject = new Set(
  `access_requests access_tokens alert_management_alerts approval_rules approval_settings approvals archive artifacts
  attestations audit_events avatar badges boards cluster_agents clusters container_registry create_ci_config custom_attributes
  debian_distributions dependencies deploy_keys deploy_tokens deployments dora environments error_tracking events export
  external_approval_rules feature_flags feature_flags_user_lists fork forks freeze_periods google_cloud groups hooks housekeeping
  import integrations invitations invited_groups issues issues_statistics iterations job_token_scope jobs labels languages
  members merge_request_approval_setting merge_requests merge_trains metrics_dashboard milestones mirror ml notification_settings
  packages pages pages_access path_locks pipeline pipeline_schedules pipelines protected_branches protected_environments
  protected_tags protection push_mirror push_rule ref registry releases relations remote_mirrors repository
  repository_storage_moves resource_groups restore runners search secure_files security_settings services share share_locations
  snapshot snippets starrers statistics statuses storage target_branch_rules templates terraform topics transfer
  transfer_locations trigger triggers unarchive unstar uploads users variables vulnerabilities vulnerability_exports
  vulnerability_findings wikis`.split(/\s+/),
)

/** Whole paths where only some of what follows a name is there. */
const narrower: readonly RegExp[] = [
  /^\/projects\/[^/]+\/pipelines\/[^/]+\/(test_report_summary|metadata)$/,
  /^\/projects\/[^/]+\/jobs\/[^/]+\/(deployments|variables)$/,
  /^\/projects\/[^/]+\/artifacts$/,
  /^\/jobs\/(request|[^/]+\/(trace|artifacts|artifacts\/authorize))$|^\/jobs\/[^/]+$/,
]

const narrowed = /^\/projects\/[^/]+\/(jobs|pipelines|artifacts|pipeline|trigger|ref)(\/|$)|^\/jobs?(\/|$)/

/** Whether some GitLab has a route there. */
export function isGitLabRoute(path: string): boolean {
  if (narrowed.test(path)) return narrower.some((pattern) => pattern.test(path))
  const [, first = '', , second] = path.split('/')
  if (first === 'projects' && second !== undefined) return inProject.has(second)
  return topLevel.has(first)
}
