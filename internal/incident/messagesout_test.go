package incident

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var provider = Party{Name: "Host Ltd", Email: "abuse@host.example"}

// inIncident works in an incident as a room beneath does.
func (h *house) inIncident(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, in *Inside) error) error {
	return h.Work(ctx, actor, name, do)
}

func TestAMailAboutAnIncidentHasADialogueOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, bob, Opening{Title: "Phishing of a bank"})
		var v Investigation
		err := h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) (err error) {
			file := File{Name: "xarf.json", MediaType: "application/json", Body: strings.NewReader(`{"a":1}`)}
			if v, err = h.SendIn(tx, bob, in, provider, "Please take it down", "It is a copy of a bank.", []File{file}); err != nil {
				return err
			}
			_, err = h.WriteIn(tx, bob, in, v.ID, "It is still there.", nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Investigation(t.Context(), bob, v.Ref)
		if err != nil || len(got.Messages) != 2 || got.Incident != i.ID {
			t.Fatalf("dialogue: %+v, %v", got, err)
		}
		sent, err := h.o.Delivery.Bytes(t.Context(), ada, got.Messages[0].Delivery)
		if err != nil || !bytes.Contains(sent, []byte("xarf.json")) || !bytes.Contains(sent, []byte("abuse@host.example")) {
			t.Errorf("sent: %q, %v", sent, err)
		}
		_, err = h.Accept(t.Context(), system, Draft{
			Door: Mail, Subject: "Re: [" + v.Ref + "]", Text: "Gone.",
			Reporter: Reporter{Email: "abuse@host.example", Verified: DMARC}, Thread: Thread{Tag: v.Ref, MessageID: "<x@host.example>"},
		})
		if err != nil {
			t.Fatal(err)
		}
		err = h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
			got, err = h.ReadIn(tx, in, v.ID)
			if err != nil {
				return err
			}
			return h.EndIn(tx, in, v.ID)
		})
		if err != nil || len(got.Messages) != 3 || got.Messages[2].Text != "Gone." {
			t.Errorf("the answer is not in the dialogue: %+v, %v", got.Messages, err)
		}
	})
}

func TestWhatMayNotLeaveIsNotSent(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		red := h.opened(t, bob, Opening{Title: "Secret", TLP: tlp.Red})
		plain := h.opened(t, bob, Opening{Title: "Plain"})
		var other Investigation
		send := func(name string, p Party, files ...File) error {
			return h.inIncident(t.Context(), bob, name, func(tx *sqldb.Tx, in *Inside) (err error) {
				other, err = h.SendIn(tx, bob, in, p, "Subject", "Text", files)
				return err
			})
		}
		large := File{Name: "large", Body: bytes.NewReader(make([]byte, MaxSent+1))}
		for name, c := range map[string]struct {
			want problem.Kind
			err  error
		}{
			"red":       {problem.Conflict, send(red.ID, provider)},
			"large":     {problem.Invalid, send(plain.ID, provider, large)},
			"nobody":    {problem.Invalid, send(plain.ID, Party{})},
			"many":      {problem.Invalid, send(plain.ID, provider, make([]File, MaxFiles+1)...)},
			"elsewhere": {problem.NotFound, elsewhere(t, h, red.ID, plain.ID, &other)},
		} {
			if !problem.Is(c.err, c.want) {
				t.Errorf("%s: %v", name, c.err)
			}
		}
	})
}

// elsewhere writes in a dialogue of another incident.
func elsewhere(t *testing.T, h *house, in, of string, v *Investigation) error {
	t.Helper()
	err := h.inIncident(t.Context(), bob, of, func(tx *sqldb.Tx, in *Inside) (err error) {
		*v, err = h.SendIn(tx, bob, in, provider, "Subject", "Text", nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return h.inIncident(t.Context(), bob, in, func(tx *sqldb.Tx, in *Inside) error {
		_, err := h.WriteIn(tx, bob, in, v.ID, "More", nil)
		return err
	})
}
