package countermeasure

import (
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Link is the path of a countermeasure's page.
func Link(name string) string { return "/countermeasures/" + name }

// tell adds a line to the incident's timeline: code is behind "takedown.".
func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, code string, args map[string]string) error {
	all := map[string]string{"party": "", "reason": "", "ref": r.Ref, "kind": string(r.Kind), "asset": Defang(r.Asset.Value)}
	for k, v := range args {
		all[k] = v
	}
	return s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "takedown." + code, Args: all, Link: Link(r.ID)})
}

// Defang writes an address so that nobody follows it by accident.
func Defang(value string) string {
	if scheme, rest, ok := strings.Cut(value, "://"); ok && strings.HasPrefix(scheme, "http") {
		host, path, _ := strings.Cut(rest, "/")
		value = "hxxp" + strings.TrimPrefix(scheme, "http") + "://" + strings.ReplaceAll(host, ".", "[.]")
		if strings.Contains(rest, "/") {
			value += "/" + path
		}
		return value
	}
	return strings.ReplaceAll(value, ".", "[.]")
}
