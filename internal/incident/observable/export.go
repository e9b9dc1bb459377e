package observable

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Leaving is what of an incident's observables is to be kept elsewhere.
type Leaving struct {
	Incident string       `json:"incident"` // ref
	TLP      tlp.Label    `json:"tlp"`      // the strictest of all
	PAP      string       `json:"pap"`
	List     []Observable `json:"observables"`
}

// Export gives the observables that a filter finds, with the label that holds for all of them; that they were taken is on record. defanged: their values
// do no harm when somebody clicks on them. Errors: NotFound, Invalid.
func (s *Service) Export(ctx context.Context, actor identity.Actor, name string, f Filter, defanged bool) (out Leaving, err error) {
	if err := actor.Authorise(OpExport, name); err != nil {
		return out, err
	}
	if err := f.check(); err != nil {
		return out, err
	}
	f.Text = folding(f.Text)
	err = s.o.Incidents.Look(ctx, actor, OpExport, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		out = Leaving{Incident: in.Ref, TLP: in.TLP, List: []Observable{}}
		pap := in.PAP
		rows, err := f.all(tx, in)
		for i := range rows {
			o := rows[i].Observable
			out.TLP, pap = max(out.TLP, o.TLP), max(pap, o.PAP)
			if defanged {
				o.Value = Defang(o.Kind, o.Value)
			}
			out.List = append(out.List, o)
		}
		out.PAP = pap.String()
		return err
	})
	if err != nil {
		return Leaving{}, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		in, err := s.o.Incidents.Inside(tx, actor, name)
		if err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpExport, in.ID, nil, map[string]any{"observables": len(out.List), "tlp": out.TLP})
	})
	if err != nil {
		return Leaving{}, err
	}
	return out, nil
}

// all reads all rows that the filter finds.
func (f *Filter) all(tx *sqldb.Tx, in *incident.Inside) (list []record, err error) {
	q := f.where(in)
	order, _ := f.sorted()
	err = scan(tx, in, `SELECT `+columns+` FROM observable o WHERE `+q.String()+` ORDER BY `+order, q.args, func(r record) error {
		if f.has(r.Kind) && f.holds(&r) {
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// Defang writes a value so that nothing makes a link of it: hxxp://evil[.]example/.
func Defang(kind Kind, text string) string {
	switch kind {
	case indicator.URL:
		scheme, rest, ok := strings.Cut(text, "://")
		if !ok {
			return dots(text)
		}
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		return strings.Replace(scheme, "http", "hxxp", 1) + "://" + dots(rest[:end]) + rest[end:]
	case indicator.Email:
		return strings.Replace(dots(text), "@", "[@]", 1)
	case indicator.IP, indicator.CIDR, indicator.Domain:
		return dots(text)
	}
	return text
}

func dots(text string) string {
	if strings.Contains(text, ".") {
		return strings.ReplaceAll(text, ".", "[.]")
	}
	return strings.Replace(text, ":", "[:]", 1)
}

// folding is a text as values are searched for it: as they stand, without what makes them harmless.
func folding(text string) string {
	return refanged.Replace(strings.ToLower(strings.TrimSpace(text)))
}

var refanged = strings.NewReplacer("[.]", ".", "[:]", ":", "[@]", "@", "hxxp", "http")
