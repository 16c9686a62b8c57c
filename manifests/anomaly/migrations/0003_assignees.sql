-- The issues of a person, who may lose access to the tenant.
CREATE INDEX anomaly_issues_by_assignee ON anomaly_issues (assigned_to) WHERE assigned_to IS NOT NULL;
