package leak

import "strings"

func set(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}

// stop are words that stand in every text, English and French: none of them is searched for alone, whoever is called so.
var stop = set(`
and are but can did few for had has her him his how may not now off one our out she the too two use was way who why will with you your from have
into more must next only over some such than that then them they this upon well were what when where which while
avec aux car ces dans des donc elle est eux ils les leur lui mais mes moi mon nos nous ont ou par pas plus pour que qui sans ses son sont sous sur
tes toi ton tout une vos votre vous
`)

// common are words that also are names: those count where they begin with a capital.
var common = set(`
abuse address agency april army art august authority baker bank bay bell best bill bird black board bond bridge brook brown bush carpenter center centre
chance chase church city clay clear clinic college commerce company cook council court crystal customer data dawn day defence deputy director east
education energy england faith field fields finance fire fisher foot ford forest fox france frank free gas general glass gold good government grace grant gray
green grove hall hand hardy harvest health heath hill holder holly home hope hospital house hunter insurance iris ivy jack jade joy june justice king lake
lamb lane law light lily little long major mark market marsh mason miles mill mills minister ministry moon moore national network north office olive park parks
paris pearl penny pepper pilot poll pool pope port post potter power press price prince public rain ray read register rich river road rob rock rose
ruby sage school security service shaw shepherd short silver sky smart smith society south spring star steel stone storm street summer sunny support swift system
taylor team telecom temple terry town transport treasure treasurer trust union university victim victor village violet wall ward water weaver welcome west
white wild winter wise wolf wood woods work works york young
administration agence août assurance avril banque bois bon centre claire clinique commune conseil cour école eau énergie fleur forêt france général gérard
grand hôpital juin justice lefort marché marine mars ministère mont nord olive ouest paix petit pierre place police pont port poste privé province public
région réseau rivière rose royal santé sécurité service société soleil sud transport université victoire ville
`)

// forms are legal forms, without their dots; articles begin a name, titles stand before one.
var (
	forms = set(`
ab ag aisbl as asbl aps bv bvba co comm corp corporation cv cvba doo eeig eg eurl ev fv gcv gie gmbh inc incorporated ivzw kft kg kgaa limited llc llp lp ltd mbh nv
ohg ooo oy oyj plc pte pty sa sas sarl sas sca scrl scs se sl snc spa sprl spzoo srl sro ug ulc vof vzw`)
	articles = set(`the le la les l' het de der die das el los un une`)
	titles   = set(`dr mr mrs ms mme mlle prof sir madam monsieur madame dipl ing ir von van der den les the`)
)
