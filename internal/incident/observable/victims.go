package observable

import (
	"net/url"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// NameKind is what sort of name the value of an observable is, where it is somebody's who must not be named.
func NameKind(k Kind) leak.Kind {
	switch k {
	case indicator.IP, indicator.CIDR:
		return leak.Address
	case indicator.Domain:
		return leak.Domain
	case indicator.Email:
		return leak.Mail
	case Phone:
		return leak.Phone
	}
	return leak.Text
}

// victims gives the observables of an incident that somebody marked as the victim's, but for those that were taken out.
func (s *Service) victims(tx *sqldb.Tx, in *incident.Inside, give func(kind leak.Kind, value string)) error {
	cond, args := in.Rows("o.incident", 2)
	args = append([]any{string(Victim)}, args...)
	return scan(tx, in, `SELECT `+columns+` FROM observable o WHERE o.role = $1 AND o.removed = 0 AND `+cond, args, func(r record) error {
		give(NameKind(r.Kind), r.Value)
		if u, err := url.Parse(r.Value); err == nil && r.Kind == indicator.URL {
			give(leak.Domain, u.Hostname())
		}
		return nil
	})
}
