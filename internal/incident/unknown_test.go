package incident

import (
	"maps"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/identity"
)

func TestUnknown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign(ada.ID)
		open, secret := h.accept(t, Draft{Subject: "seen"}), h.accept(t, Draft{Subject: "hidden"})
		i := h.opened(t, ada, Opening{Restricted: true, Reports: []string{secret.ID}})
		ids := []string{open.ID, secret.ID, i.ID, "j-1"}
		for name, tt := range map[string]struct {
			actor identity.Actor
			want  []string
		}{
			"a member": {ada, nil},
			"another":  {bob, []string{secret.ID, i.ID}},
			"Firehall": {identity.System("test"), nil},
		} {
			hidden, err := h.Unknown(t.Context(), tt.actor, ids)
			if got := slices.Sorted(maps.Keys(hidden)); err != nil || !slices.Equal(got, slices.Sorted(slices.Values(tt.want))) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, tt.want)
			}
		}
		if hidden, err := h.Unknown(t.Context(), bob, nil); err != nil || len(hidden) != 0 {
			t.Errorf("of nothing: %v, %v", hidden, err)
		}
	})
}
