package sharing

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Remark gives an object a wider label: every marking of the Traffic Light Protocol that is stricter goes, of the whole and of parts, and one of version 2.0
// stands for them. All else stays byte by byte. It is a new version (STIX 2.1 §3.6), modified at that moment, and a millisecond after the version before where
// that is later or the moment zero: then the same object gives the same bytes each time, and whatever its creator says later is newer. What has no versions
// gets none.
//
// It knows the published markings only.
func Remark(o Object, to tlp.Label, at time.Time) (Object, error) {
	return markings{}.remark(o, to, at)
}

// remark is Remark for who knows other markings too. Error: Conflict if one that says more than a label would have to go.
func (known markings) remark(o Object, to tlp.Label, at time.Time) (Object, error) {
	list, err := membersOf(o.Raw)
	if err != nil {
		return o, err
	}
	out := o
	m := remark{known, to}
	if list, err = m.object(list); err != nil {
		return o, err
	}
	if list, err = m.parts(list); err != nil {
		return o, err
	}
	if !o.Modified.IsZero() {
		out.Modified = o.Modified.Add(time.Millisecond)
		if at = at.UTC().Truncate(time.Millisecond); at.After(out.Modified) {
			out.Modified = at
		}
		list = list.set("modified", quoted(VersionStamp(out.Modified)))
	}
	out.Raw, out.Label, out.Markings = list.bytes(), &to, nil
	for _, ref := range o.Markings {
		if _, says, _ := m.label(ref); !says {
			out.Markings = append(out.Markings, ref)
		}
	}
	return out, nil
}

// remark is one object that gets another label.
type remark struct {
	known markings
	to    tlp.Label
}

// label is what a marking says.
func (m *remark) label(ref string) (l tlp.Label, says bool, err error) {
	if l, ok := knownMarkings[ref]; ok {
		return l, true, nil
	}
	d := m.known[ref]
	if d.says && d.more && d.label > m.to {
		err = problem.New(problem.Conflict, "its marking %s says more than a label: its source has to mark it anew", short(ref, 100))
	}
	return d.label, d.says && !d.more, err
}

// object replaces the markings of the whole.
func (m *remark) object(list members) (members, error) {
	var refs []string
	if raw, ok := list.get("object_marking_refs"); ok {
		if err := json.Unmarshal(raw, &refs); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "markings that are no list")
		}
	}
	kept := []string{stix.RefTLP(m.to)}
	for _, ref := range refs {
		_, says, err := m.label(ref)
		if err != nil {
			return nil, err
		}
		if !says {
			kept = append(kept, ref)
		}
	}
	text, err := json.Marshal(kept)
	return list.set("object_marking_refs", text), err
}

// parts leaves out the markings of parts that are as strict as the whole, or were stricter.
func (m *remark) parts(list members) (members, error) {
	raw, ok := list.get("granular_markings")
	if !ok {
		return list, nil
	}
	var all, kept []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "markings of parts that are no list")
	}
	for _, one := range all {
		var g struct {
			Marking string `json:"marking_ref"`
		}
		if err := json.Unmarshal(one, &g); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "a marking of a part")
		}
		l, says, err := m.label(g.Marking)
		if err != nil {
			return nil, err
		}
		if !says || l < m.to {
			kept = append(kept, one)
		}
	}
	if len(kept) == 0 {
		return list.without("granular_markings"), nil
	}
	text, err := json.Marshal(kept)
	return list.set("granular_markings", text), err
}

// member is a property of an object, as it stands.
type member struct {
	name  string
	value json.RawMessage
}

// members are the properties of an object in their order.
type members []member

func membersOf(raw []byte) (list members, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, problem.New(problem.Invalid, "it is no object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "an object that is not JSON")
		}
		m := member{name: name.(string)} // of an object it is a text
		if err := d.Decode(&m.value); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "an object that is not JSON")
		}
		list = append(list, m)
	}
	return list, nil
}

func (l members) get(name string) (json.RawMessage, bool) {
	for _, m := range l {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

func (l members) set(name string, value []byte) members {
	for i := range l {
		if l[i].name == name {
			l[i].value = value
			return l
		}
	}
	return append(l, member{name, value})
}

func (l members) without(name string) members {
	return slices.DeleteFunc(l, func(m member) bool { return m.name == name })
}

func (l members) bytes() []byte {
	var b bytes.Buffer
	sep := byte('{')
	for _, m := range l {
		b.WriteByte(sep)
		b.Write(quoted(m.name))
		b.WriteByte(':')
		b.Write(m.value)
		sep = ','
	}
	b.WriteByte('}')
	return b.Bytes()
}

func quoted(text string) []byte {
	b, _ := json.Marshal(text) // a text cannot fail
	return b
}

// follow gives objects with a schedule of their own the label in force: a stricter one they do not carry any more. It tells which have a schedule.
func (t *intake) follow(ctx context.Context, list []Object, m markings) (map[string]bool, error) {
	if t.s.o.InForce == nil || t.in.Permit.Decision() != "" {
		return nil, nil
	}
	own := map[string]tlp.Label{}
	for i := range list {
		if label, unknown := m.label(&list[i], t.in.Unmarked); unknown == "" && stix.ClassOf(list[i].Type) != stix.Meta {
			own[list[i].ID] = max(own[list[i].ID], label)
		}
	}
	now, err := t.s.o.InForce(ctx, own)
	scheduled := map[string]bool{}
	for i := range list {
		o := &list[i]
		to, ok := now[o.ID]
		if err != nil || !ok {
			continue
		}
		scheduled[o.ID] = true
		if label, _ := m.label(o, t.in.Unmarked); to < label {
			changed, err := m.remark(*o, to, time.Time{})
			if problem.Is(err, problem.Conflict) { // it keeps its label, and is taken as it came
				continue
			}
			if err != nil {
				return nil, err
			}
			*o = changed
		}
	}
	return scheduled, err
}
