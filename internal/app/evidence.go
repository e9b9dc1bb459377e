package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// sweepPause is how long a part of the vault waits for the next to be looked through.
const sweepPause = time.Hour

// sweepEvidence removes what was left behind in the vault.
func (a *App) sweepEvidence(ctx context.Context) error {
	n, err := a.Incidents.Sweep(ctx, identity.System("retention"))
	if n > 0 {
		a.Log.InfoContext(ctx, "files that belong to no report were removed from the vault", "files", n)
	}
	return err
}
