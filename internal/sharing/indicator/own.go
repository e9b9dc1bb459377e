package indicator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	stixjson "github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Draft is an indicator of the team's own.
type Draft struct {
	Collection  string    `json:"collection" minLength:"1" maxLength:"100" doc:"Id or alias of the collection that it is put into: its group may have it."`
	Kind        Kind      `json:"kind,omitempty" doc:"ip, cidr, domain, url, email, md5, sha1, sha256, sha512, asn and others. None: found by the value."`
	Value       string    `json:"value" minLength:"1" maxLength:"4096"`
	Name        string    `json:"name,omitempty" maxLength:"300"`
	Description string    `json:"description,omitempty" maxLength:"2000"`
	Confidence  *int      `json:"confidence,omitempty" minimum:"0" maximum:"100" doc:"How sure it is."`
	Until       time.Time `json:"valid_until,omitzero" doc:"Until when it holds; none: it fades by its kind."`
	Label       tlp.Label `json:"label" doc:"Its TLP label."`
	PAP         tlp.PAP   `json:"pap" doc:"What may be done with it: what is above PAP:GREEN stands on no blocklist."`
}

// Add puts an indicator of the team's own into a collection, and gives its id. The same value has the same id each time, so adding it again makes a new
// version, which begins its time anew. Errors: Forbidden; NotFound; Invalid; Conflict, with the reason, if release refuses.
func (s *Service) Add(ctx context.Context, actor identity.Actor, d Draft) (id string, err error) {
	if err := actor.Authorise(OpAdd, d.Collection); err != nil {
		return "", err
	}
	v, err := d.read()
	if err != nil {
		return "", err
	}
	text, ok := pattern.Of(pattern.Kind(v.Kind), v.Value)
	if !ok {
		return "", problem.New(problem.Invalid, "there is no pattern for a value of kind %q", v.Kind)
	}
	now := s.o.Clock.Now()
	b := &stix.Indicator{
		Name: strings.TrimSpace(d.Name), Description: strings.TrimSpace(d.Description), Pattern: text, PatternType: "stix", PatternVersion: "2.1",
		ValidFrom: stix.At(now), ValidUntil: stix.At(d.Until),
	}
	b.Head = stix.Head{Type: "indicator", SpecVersion: stix.SpecVersion, ID: s.idOf(v), Created: stix.At(now), Modified: stix.At(now)}
	b.Confidence, b.Markings = d.Confidence, []string{stix.RefTLP(d.Label), stix.RefPAP(d.PAP)}
	if b.Created.Time, err = s.since(ctx, b.ID, b.Created.Time); err != nil {
		return "", err
	}
	if err := stix.Check(b); err != nil {
		return "", err
	}
	return b.ID, s.give(ctx, actor, d.Collection, d.Label, b)
}

// read finds out what value is meant.
func (d Draft) read() (Value, error) {
	d.Value = refang.Replace(strings.TrimSpace(d.Value))
	kind := d.Kind
	if kind == "" {
		kind = guess(d.Value)
	}
	v, ok := normal(kind, d.Value)
	switch {
	case !ok:
		return Value{}, problem.New(problem.Invalid, "%q is no value of kind %q: the kinds are %s", short(d.Value, 100), short(kind, 50), join(Kinds()))
	case d.Confidence != nil && (*d.Confidence < 0 || *d.Confidence > 100):
		return Value{}, problem.New(problem.Invalid, "confidence goes from 0 to 100")
	case d.Label >= tlp.Red:
		return Value{}, problem.New(problem.Invalid, "what is TLP:RED is for persons, and stands in no collection")
	case len(v) > mostValue:
		return Value{}, problem.New(problem.Invalid, "a value has %d bytes at most", mostValue)
	}
	if kind == "ip" && strings.Contains(v, "/") {
		kind = "cidr"
	}
	return Value{kind, v}, nil
}

var refang = strings.NewReplacer("hxxp", "http", "[.]", ".", "(.)", ".", "[:]", ":", "[@]", "@", "[at]", "@")

// guess tells the kind of a value by its form.
func guess(v string) Kind {
	hex := strings.Trim(strings.ToLower(v), "0123456789abcdef") == ""
	switch {
	case strings.Contains(v, "://"):
		return "url"
	case strings.Contains(v, "@"):
		return "email"
	case hex && len(v) == 32:
		return "md5"
	case hex && len(v) == 40:
		return "sha1"
	case hex && len(v) == 64:
		return "sha256"
	case hex && len(v) == 128:
		return "sha512"
	case len(v) > 2 && strings.EqualFold(v[:2], "AS") && strings.Trim(v[2:], "0123456789") == "":
		return "asn"
	}
	if _, ok := normal("cidr", v); ok {
		return "cidr"
	}
	if _, ok := normal("ip", v); ok {
		return "ip"
	}
	return "domain"
}

// normal gives the normal form of a value of a kind, and whether it is one.
func normal(k Kind, v string) (string, bool) {
	switch k {
	case "cidr":
		p, err := netip.ParsePrefix(v)
		if err != nil || p.IsSingleIP() {
			return "", false
		}
		return p.Masked().String(), true
	case "asn":
		if n, ok := pattern.Of(pattern.ASN, v); ok {
			return "AS" + strings.TrimSuffix(n[strings.LastIndex(n, " ")+1:], "]"), true
		}
		return "", false
	}
	if !has(Kinds(), k) {
		return "", false
	}
	v, ok := pattern.Kind(k).Normal(v)
	return v, ok && plain(Value{k, v})
}

// idOf names the team's own indicator of a value.
func (s *Service) idOf(v Value) string {
	h := hmac.New(sha256.New, s.o.Key)
	_, _ = h.Write([]byte(v.Kind + "\x00" + v.Value)) // a hash takes everything
	return stix.IDFrom("indicator", [16]byte(h.Sum(nil)[:16]))
}

// since is when an object was made first.
func (s *Service) since(ctx context.Context, id string, now time.Time) (t time.Time, err error) {
	t = now
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := objects(tx, `object_id = $1 ORDER BY version LIMIT 1`, id)
		var head struct{ Created time.Time }
		if len(list) == 1 && json.Unmarshal(list[0].raw, &head) == nil && !head.Created.IsZero() {
			t = head.Created
		}
		return err
	})
	return t, err
}

// give puts an object into a collection and reads it.
func (s *Service) give(ctx context.Context, actor identity.Actor, collection string, label tlp.Label, b stix.Body) error {
	raw, err := stix.Marshal(b)
	if err != nil {
		return err
	}
	st, err := s.o.Sharing.Add(ctx, actor, sharing.In{Collection: collection, Origin: sharing.OriginUpload, Unmarked: label, Body: bytes.NewReader(slices.Concat([]byte(`{"objects":[`), raw, []byte(`]}`)))})
	if err != nil {
		return err
	}
	if st.Failure > 0 {
		return problem.New(problem.Conflict, "the collection does not take it: %s", st.Failures[0].Message)
	}
	_, err = s.Digest(ctx, identity.System("indicator"))
	return err
}

// Retract takes an indicator of the team's own back: whoever reads the collections in which it stands gets it as revoked. Errors: Forbidden; NotFound;
// Conflict for one that others gave, or that was taken back already.
func (s *Service) Retract(ctx context.Context, actor identity.Actor, id string) error {
	if err := actor.Authorise(OpAdd, id); err != nil {
		return err
	}
	w, err := s.Look(ctx, actor, id)
	switch {
	case err != nil:
		return err
	case w.Source != "":
		return problem.New(problem.Conflict, "another organisation gave this indicator, and only they take it back: say that it is a false positive")
	case w.Revoked:
		return problem.New(problem.Conflict, "the indicator was taken back already")
	}
	var raw []byte
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := objects(tx, `num = $1`, w.num)
		if len(list) == 1 {
			raw = list[0].raw
		}
		return err
	})
	if err != nil {
		return err
	}
	b, err := revoked(raw, s.o.Clock.Now())
	if err != nil {
		return err
	}
	for _, p := range w.In {
		if err := s.give(ctx, actor, p.Collection, w.Label, b); err != nil {
			return err
		}
	}
	return nil
}

// revoked is an object as its maker takes it back (STIX 2.1 §3.6).
func revoked(raw []byte, now time.Time) (stix.Body, error) {
	b := &stix.Indicator{}
	if err := stixjson.Unmarshal(raw, b); err != nil {
		return nil, problem.Wrap(problem.Internal, err, "read an indicator of our own")
	}
	if next := b.Modified.Add(time.Millisecond); now.Before(next) { // a version of the same moment would be no other version
		now = next
	}
	b.Revoked, b.Modified = true, stix.At(now)
	return b, nil
}
