package teams

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/web/ui"
)

// sample shows the columns of a CSV file.
const sample = "name,country,national,email,phone,networks,memberships,handling,public\nCERT North,FI,yes,cert@north.example,tel:+358295390230,country:FI AS64500,first,amber,name mail\n"

var opTones = map[string]ui.Tone{"add": ui.Good, "change": ui.Info, "propose": ui.Warn, "claim": ui.Warn, "approve": ui.Good}

var changeWords = map[string]string{
	"add team": "teams.change.addteam", "add entry": "teams.change.addentry", "change entry": "teams.change.changeentry", "add contact": "teams.change.addcontact",
	"propose contact": "teams.change.proposecontact", "claim network": "teams.change.claimnetwork", "approve network": "teams.change.approvenetwork",
}

// changeWord names a change, such as "add contact".
func changeWord(ctx context.Context, key string) string {
	if word, ok := changeWords[key]; ok {
		return T(ctx, word)
	}
	return key
}

func changeKeys(t team.Tally) []string { return slices.Sorted(maps.Keys(t.Changes)) }

func warnIf(so bool) ui.Tone {
	if so {
		return ui.Warn
	}
	return ""
}
