package incident

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// incidentQuery is a question about incidents.
type incidentQuery struct {
	query
	few    bool // something of it finds few, by an index of its own
	merged bool // it asks for merged ones too
}

// incidentKeys are what may stand before a colon, with the condition and, where they are few, the values.
var incidentKeys = map[string]struct {
	cond   string
	values func() []string
	few    bool
}{
	"state":    {"i.state = ?", func() []string { return texts(Stages()) }, false},
	"class":    {"i.class = ? AND i.class <> ''", nil, false},
	"severity": {"i.severity = ?", nil, false},
	"assignee": {"i.assignee = ? AND i.assignee <> ''", nil, true},
	"campaign": {"i.campaign IN (SELECT id FROM campaign WHERE id = ? OR ref = upper(?)) AND i.campaign <> ''", nil, true},
	"country":  {"i.id IN (SELECT incident FROM incident_country WHERE code = upper(?))", nil, true},
	"victim":   {"i.id IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'victim')", nil, true},
	"origin":   {"i.id IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'origin')", nil, true},
	"transit":  {"i.id IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'transit')", nil, true},
	"org": {`i.id IN (SELECT k.root FROM report_concern c JOIN incident_link l ON l.report = c.report AND l.alert = 0 JOIN incident k ON k.id = l.incident
		WHERE c.organisation = ?)`, nil, true},
}

// IncidentKeys lists what may stand before a colon in a query for incidents; "is:" beside them takes IncidentProperties.
func IncidentKeys() (list []string) {
	for k := range incidentKeys {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// incidentProperties are what may stand after "is:".
var incidentProperties = map[string]string{
	"restricted": "i.restricted = 1", "merged": "i.merged_into <> ''", "mine": "", "unassigned": "i.assignee = ''", "closed": "i.state IN ('resolved', 'abandoned')",
}

// IncidentProperties lists what may stand after "is:" in a query for incidents.
func IncidentProperties() []string { return known(incidentProperties) }

// readIncidents reads a query's text.
func readIncidents(words string, actor identity.Actor) (q incidentQuery, err error) {
	if len(words) > maxQuery {
		return q, problem.New(problem.Invalid, "the question has %d bytes, and may have %d", len(words), maxQuery)
	}
	found := 0
	for _, part := range strings.Fields(strings.ToValidUTF8(words, "?")) {
		key, value, ok := strings.Cut(part, ":")
		key = strings.ToLower(key)
		_, known := incidentKeys[key]
		switch {
		case ok && value != "" && known:
			err = q.key(key, value)
		case ok && key == "is":
			err = q.property(strings.ToLower(value), actor)
		default:
			found += q.word(part)
		}
		if err != nil {
			return q, err
		}
	}
	if found > maxTerms {
		return q, problem.New(problem.Invalid, "the question has %d words, and may have %d", found, maxTerms)
	}
	if !q.merged {
		q.and("i.merged_into = ''")
	}
	return q, nil
}

func (q *incidentQuery) key(key, value string) error {
	k := incidentKeys[key]
	if key == "state" || key == "class" || key == "severity" {
		value = strings.ToLower(value)
	}
	if k.values != nil && !slices.Contains(k.values(), value) {
		return problem.New(problem.Invalid, "there is no %s %q%s", key, value, nearest.Hint(value, k.values()))
	}
	q.few = q.few || k.few
	q.merged = q.merged || key == "state" && value == string(StageMerged)
	q.and(k.cond, slices.Repeat([]any{value}, strings.Count(k.cond, "?"))...)
	return nil
}

func (q *incidentQuery) property(value string, actor identity.Actor) error {
	cond, ok := incidentProperties[value]
	switch {
	case !ok:
		return problem.New(problem.Invalid, "there is no is:%s%s", value, nearest.Hint(value, IncidentProperties()))
	case value == "mine":
		q.few = true
		q.and("i.assignee = ? AND i.assignee <> ''", actor.ID)
	default:
		q.merged, q.few = q.merged || value == "merged", q.few || value == "merged"
		q.and(cond)
	}
	return nil
}

// word looks for the words of a part: an incident is found by its own and by those of what was merged into it.
func (q *incidentQuery) word(part string) int {
	list := terms(part)
	for _, t := range list {
		q.and(`(i.id IN (SELECT incident FROM incident_word WHERE word >= ? AND word < ?)
			OR i.id IN (SELECT k.root FROM incident_word w JOIN incident k ON k.id = w.incident WHERE k.merged_into <> '' AND w.word >= ? AND w.word < ?))`, t, beyond(t), t, beyond(t))
	}
	return len(list)
}

// sortOf reads an order.
func sortOf(text string) (key string, down bool, err error) {
	if text == "" {
		return "changed", true, nil
	}
	key, down = strings.CutPrefix(text, "-")
	if _, ok := sorts[key]; !ok {
		return "", false, problem.New(problem.Invalid, "there is no order %q: %s are", text, strings.Join(IncidentSorts(), ", "))
	}
	return key, down, nil
}
