/* feature.c: what of the steward's work runs inside a community. */
#include "tenants/lifecycle/lifecycle.h"

#include "base/record.h"
#include "http/template.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/job_statements.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/tenant_statements.h"
#include "tenants/lifecycle/warm_statements.h"

static const struct db_statement *const statements[] = {
	&tenant_open_statement,
	&tenant_settings_statement,
	&tenant_legal_statement,
	&tenant_follow_name_statement,
	&tenant_follow_description_statement,
	&tenant_follow_colour_statement,
	&tenant_founder_statement,
	&tenant_claim_standing_statement,
	&tenant_claim_find_statement,
	&tenant_claims_end_statement,
	&tenant_claim_insert_statement,
};

static const struct page *const pages[] = {&mail_claim_link};

const struct feature lifecycle_feature = {
	.name = "lifecycle",
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

const struct db_statement *const lifecycle_statements[] = {
	&job_enqueue_statement,
	&job_enqueue_claimed_statement,
	&job_candidate_statement,
	&job_claim_statement,
	&job_claimed_statement,
	&job_reclaim_statement,
	&job_advance_statement,
	&job_finish_statement,
	&job_retry_statement,
	&job_release_statement,
	&job_read_statement,
	&job_latest_statement,
	&job_list_statement,
	&job_count_statement,
	&control_find_statement,
	&control_find_id_statement,
	&control_lock_statement,
	&control_list_statement,
	&control_applied_statement,
	&control_owner_statement,
	&control_domains_statement,
	&control_insert_statement,
	&control_change_statement,
	&control_domains_clear_statement,
	&control_domain_insert_statement,
	&control_open_provision_statement,
	&control_audit_statement,
	&control_activate_statement,
	&control_version_statement,
	&control_behind_statement,
	&control_moved_statement,
	&control_account_statement,
	&control_rotate_statement,
	&control_generation_statement,
	&control_purge_statement,
	&control_shut_statement,
	&control_drop_statement,
	&control_unmigrate_statement,
	&control_forget_statement,
	&control_remove_statement,
	&warm_list_statement,
	&warm_find_statement,
	&warm_any_statement,
	&warm_count_statement,
	&warm_insert_statement,
	&warm_state_statement,
	&warm_ready_statement,
	&warm_candidate_statement,
	&warm_remove_statement,
	NULL,
};
