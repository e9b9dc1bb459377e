package give

import (
	"context"
	"io"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Bundle is a thing for the team itself.
type Bundle struct {
	Ref     string
	Label   tlp.Label // of the strictest object
	Without []string
	bodies  []stix.Body
}

// MediaType is that of a bundle.
const MediaType = "application/stix+json;version=2.1"

// Name is what a file of it is called: it holds no sign that a file name cannot hold.
func (b *Bundle) Name() string {
	plain := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}
	return strings.Map(plain, b.Ref) + ".stix.json"
}

// Write writes the bundle.
func (b *Bundle) Write(w io.Writer) error { return stix.WriteBundle(w, "", b.bodies) }

// Bundle gives a thing, whole, to a person of the team; that they took it is on record. Errors: Forbidden; NotFound.
func (s *Service) Bundle(ctx context.Context, actor identity.Actor, name string) (b Bundle, err error) {
	if err := actor.Authorise(sharing.OpExport, name); err != nil {
		return b, err
	}
	to, err := s.o.Audience(ctx, sharing.Collection{})
	if err != nil {
		return b, err
	}
	t, err := s.o.Thing(ctx, actor, name, to)
	if err != nil {
		return b, err
	}
	b.Ref, b.Label = t.Ref, t.Item.Terms.Label
	made, err := s.made(Thing{Item: t.Item, Fill: func(set *convert.Set, _ tlp.Label) ([]string, int) { return t.Fill(set, tlp.Red) }}, b.Label, "", "")
	if err != nil {
		return b, err
	}
	b.Without, b.bodies = made.without, made.copy.Objects
	b.Label = tlp.Strictest(b.Label, strictest(b.bodies))
	return b, s.taken(ctx, actor, t.Item, to, map[string]any{"kind": t.Item.Kind, "objects": len(b.bodies), "label": b.Label})
}

// strictest is the strictest label of some objects.
func strictest(bodies []stix.Body) (most tlp.Label) {
	for _, o := range bodies {
		if l := (stix.Markings{}).Of(o).TLP; l != nil {
			most = tlp.Strictest(most, *l)
		}
	}
	return most
}

// taken has release decide that the team itself may have something, and puts on record who took it. The machine asks: whoever may read may take.
func (s *Service) taken(ctx context.Context, actor identity.Actor, item release.Item, to release.Recipient, said map[string]any) error {
	_, decided, err := s.o.Release.For(ctx, identity.System("sharing"), item, to)
	if err != nil {
		return err
	}
	if !decided.Allowed {
		return problem.New(problem.Conflict, "%s", decided.Reason)
	}
	said["decision"] = decided.ID
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, s.o.Clock.Now(), sharing.OpExport, item.ID, nil, said)
	})
}
