package give

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// copied is a thing as objects.
type copied struct {
	copy     convert.Copy
	without  []string
	stricter int
}

// made makes the objects of a thing for a group of readers; profile "" is for a full copy.
func (s *Service) made(t Thing, label tlp.Label, profile, group string) (out copied, err error) {
	ids, err := s.o.Secret(Secret)
	if err != nil {
		return out, err
	}
	pseudonyms, err := s.o.Secret(redact.Secret)
	if err != nil {
		return out, err
	}
	set := convert.New(convert.Options{
		Secret: ids, Self: s.o.Self, Group: group, Label: convert.Label{TLP: label, PAP: t.Item.PAP, IEP: t.Item.Terms.IEP.At(s.o.Clock.Now())}, Now: s.o.Clock.Now(),
	})
	out.without, out.stricter = t.Fill(set, label)
	r := convert.Reader{Profile: redact.For(string(release.Self)), Names: leak.NewNames(), Pseudonyms: redact.NewPseudonyms(pseudonyms, t.Item.ID, group), Group: group}
	if profile != "" {
		r.Profile, r.Names = redact.For(profile), t.Names
	}
	out.copy, err = set.Redact(r)
	return out, err
}

// stamp stands for what objects say, but for when they were made.
func (c *copied) stamp() string {
	h := sha256.New()
	for _, b := range c.copy.Objects {
		head, _ := b.Common()
		created, modified := head.Created, head.Modified
		head.Created, head.Modified = stix.Time{}, stix.Time{}
		raw, err := stix.Marshal(b)
		head.Created, head.Modified = created, modified
		if err != nil {
			raw = []byte(err.Error())
		}
		_, _ = h.Write(append(raw, '\n')) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// versions writes the objects: what says the same as its newest stored version is that version, and what does not is a new one.
func (s *Service) versions(ctx context.Context, actor identity.Actor, bodies []stix.Body) (out []Object, err error) {
	ids := make([]string, len(bodies))
	for i, b := range bodies {
		head, _ := b.Common()
		ids[i] = head.ID
	}
	known, err := s.o.Sharing.Newest(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	now := stix.At(s.o.Clock.Now())
	for _, b := range bodies {
		head, _ := b.Common()
		o := Object{ID: head.ID, Type: head.Type, New: true}
		if o.Raw, err = version(b, known[head.ID].Raw, now); err != nil {
			return nil, err
		}
		o.New = !bytes.Equal(o.Raw, known[head.ID].Raw)
		if l := (stix.Markings{}).Of(b).TLP; l != nil {
			o.Label = *l
		}
		out = append(out, o)
	}
	return out, nil
}

// version writes an object as the next version of what is stored.
func version(b stix.Body, stored []byte, now stix.Time) ([]byte, error) {
	head, _ := b.Common()
	if len(stored) == 0 {
		return stix.Marshal(b)
	}
	if stix.ClassOf(head.Type) == stix.Meta { // a marking that is published everywhere: whoever gave it, it is the same
		return stored, nil
	}
	before, _, err := stix.Parse(bytes.NewReader(stored), stix.Limits{Marking: func(string) bool { return true }})
	if err != nil || len(before) != 1 || head.Modified.IsZero() {
		return stix.Marshal(b)
	}
	head.Created, head.Modified = stix.Time{Time: before[0].Created}, stix.Time{Time: before[0].Modified}
	same, err := stix.Marshal(b)
	if err != nil || bytes.Equal(same, stored) {
		return same, err
	}
	if !now.After(head.Modified.Time) {
		now = stix.Time{Time: head.Modified.Add(time.Millisecond)}
	}
	head.Modified = now
	return stix.Marshal(b)
}

// given are objects as package sharing takes them.
func given(list []Object) []sharing.Object {
	out := make([]sharing.Object, 0, len(list))
	for _, o := range list {
		if one, no := sharing.Read(o.Raw); no == nil {
			out = append(out, one)
		}
	}
	return out
}
