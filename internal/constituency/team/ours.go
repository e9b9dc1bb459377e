package team

// ours is what the formats of directories have no field for, or mean by who is in them: we write it beside, so that a file of ours, taken in again,
// changes nothing, and nobody becomes a member of something, or public, by passing through a file.
type ours struct {
	Memberships []Membership `json:"memberships"`
	Public      []Part       `json:"public"`
	SourceID    string       `json:"source_id"`
	National    bool         `json:"national"`
	Serves      string       `json:"serves"`
}

// oursOf is what is written of a team.
func oursOf(t Team) ours {
	return ours{Memberships: t.Memberships, Public: t.Public, SourceID: t.SourceID, National: t.National, Serves: t.Serves}
}

// over puts it over what the format says; nil, of a file of somebody else, changes nothing.
func (o *ours) over(r *record) {
	if o == nil {
		return
	}
	r.team.Memberships, r.team.Public, r.team.SourceID, r.team.National, r.team.Serves = o.Memberships, o.Public, o.SourceID, o.National, o.Serves
	r.say("national", true)
	r.say("serves", o.Serves != "")
}
