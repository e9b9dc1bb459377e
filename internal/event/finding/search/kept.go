package search

import (
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What is counted, and of what: of all findings, or of the counts that are kept of them (see finding/kept.go), which are some thousand rows.
const (
	countAll = `count(*), CAST(COALESCE(sum(events), 0) AS BIGINT) FROM finding`

	countKinds = `CAST(COALESCE(sum(findings), 0) AS BIGINT), 0 FROM (SELECT c.state, c.sources, c.findings, k.role, k.standing, k.transport, k.malware,
		k.taxonomy, k.type, k.identifier, k.feed, k.report, k.severity
		FROM (SELECT kind, state, sources, findings FROM finding_count UNION ALL SELECT kind, state, sources, findings FROM finding_delta) AS c
		LEFT JOIN finding_kind k ON k.id = c.kind) AS finding`

	countOwners = `CAST(COALESCE(sum(findings), 0) AS BIGINT), 0 FROM (SELECT organisation, state, findings FROM finding_owned
		UNION ALL SELECT organisation, state, findings FROM finding_delta) AS finding`
)

// The columns by which counts are kept.
var (
	ofKinds  = columnSet("state", columnSources, "role", "standing", "transport", "malware", "taxonomy", "type", "identifier", "feed", "report", "severity")
	ofOwners = columnSet("organisation", "state")
)

func columnSet(columns ...string) map[string]bool {
	out := map[string]bool{}
	for _, c := range columns {
		out[c] = true
	}
	return out
}

// countFrom tells what has to be read to count by columns.
func countFrom(engine sqldb.Engine, q Query, cols []string) string {
	if !q.Quick || !finding.KeepsCounts(engine) {
		return countAll
	}
	for _, kept := range []struct {
		from    string
		columns map[string]bool
	}{{countOwners, ofOwners}, {countKinds, ofKinds}} {
		if within(cols, kept.columns) && asks(q.Where, kept.columns) {
			return kept.from
		}
	}
	return countAll
}

func within(list []string, columns map[string]bool) bool {
	for _, c := range list {
		if !columns[c] {
			return false
		}
	}
	return true
}

// asks tells whether a question is about some columns alone.
func asks(n query.Node, columns map[string]bool) bool {
	switch v := n.(type) {
	case query.All:
		return eachAsks(v, columns)
	case query.Any:
		return eachAsks(v, columns)
	case query.Not:
		return asks(v.Node, columns)
	case query.Has:
		return subjectWithin(v.Name, columns)
	case query.Term:
		return subjectWithin(v.Name, columns)
	}
	return false
}

func eachAsks(nodes []query.Node, columns map[string]bool) bool {
	for _, n := range nodes {
		if !asks(n, columns) {
			return false
		}
	}
	return true
}

func subjectWithin(name string, columns map[string]bool) bool {
	s, ok := names.Lookup(name)
	if !ok {
		return false
	}
	for _, f := range s.Fields {
		if !columns[f.Name] {
			return false
		}
	}
	return true
}
