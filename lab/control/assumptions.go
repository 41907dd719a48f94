package control

// Assumptions are behaviours of vCenter that only a real one can settle. The
// zero value is what is believed to be real, or is harder for a client; each
// field puts one the other way round. does says what happens then, line which
// lines of docs/vcenter-assumptions.md it is about; docs/lab.md has the same
// table, and a test holds the three together.
type Assumptions struct {
	// Speaking.
	ResetUnset           bool `json:"resetUnset" line:"S3" does:"UpdateConfig and ReconfigVM_Task give allocations that a spec leaves out their defaults"`
	IdleSessionMs        int  `json:"idleSessionMs" line:"S5" does:"a session ends so long after its last call began, a pending wait notwithstanding"`
	MaxSessions          int  `json:"maxSessions" line:"S11" does:"so many sessions at once, and HTTP 503 to whoever has none then"`
	LateNotAuthenticated bool `json:"lateNotAuthenticated" line:"S6" does:"a call in a session that was ended is done all the same, and then answered with NotAuthenticated"`
	OpenCurrentTime      bool `json:"openCurrentTime" line:"S9" does:"CurrentTime needs no session"`

	// Privileges.
	DeniedInTask bool `json:"deniedInTask" line:"A6" does:"a call that starts a task is taken also without its privileges, and its task ends with NoPermission"`

	// Watching.
	NoKeyedPaths        bool `json:"noKeyedPaths" line:"W1" does:"property paths with a key in brackets are refused with InvalidProperty"`
	MissingKeyFaults    bool `json:"missingKeyFaults" line:"W2" does:"a keyed path without a value stands in missingSet, with InvalidProperty"`
	NoViewsOfVApps      bool `json:"noViewsOfVApps" line:"W3" does:"CreateContainerView takes no vApp as container"`
	NoViewsInLists      bool `json:"noViewsInLists" line:"W4" does:"a ListView takes no views"`
	UpdatesPerPage      int  `json:"updatesPerPage" line:"W5" does:"an update set holds so many objects at most, whatever the client allows"`
	NoPoolInVApps       bool `json:"noPoolInVApps" line:"W6" does:"a VM in a vApp shows parentVApp and no resourcePool"`
	GuestLagMs          int  `json:"guestLagMs" line:"W8" does:"what a guest writes to guestinfo, and what its tools say, reaches vCenter so late"`
	LagMs               int  `json:"lagMs" line:"W8" does:"waits tell of every change so late"`
	UnsetAsRemove       bool `json:"unsetAsRemove" line:"W9" does:"a property that became unset comes with op remove"`
	KeyedAlwaysAssign   bool `json:"keyedAlwaysAssign" line:"W11" does:"a keyed path's change always comes with op assign"`
	SteadyChangeVersion bool `json:"steadyChangeVersion" line:"W12" does:"a guest's write leaves config.changeVersion alone"`
	ParallelWaits       bool `json:"parallelWaits" line:"W13" does:"a second wait on one collector doesn't end the first: either may get an update"`

	// Tasks.
	ForgetTasks  bool `json:"forgetTasks" line:"T1" does:"a task leaves TaskManager.recentTask in the moment in which it ends"`
	StateFirst   bool `json:"stateFirst" line:"T2" does:"a task's info.state is told before its info.result and info.error"`
	TasksSurvive bool `json:"tasksSurvive" line:"T3" does:"tasks are still there after a restart of vCenter"`
	RefuseBusy   bool `json:"refuseBusy" line:"T5" does:"a task on a VM on which another one, or a guest's power-off, is under way fails with TaskInProgress"`
	QueueMs      int  `json:"queueMs" line:"T4" does:"a task stays queued so long before it runs"`

	// Virtual machines.
	NoHomeDirectory     bool `json:"noHomeDirectory" line:"V1" does:"a VM isn't created where its directory isn't there: FileNotFound"`
	KeepVolatileKeys    bool `json:"keepVolatileKeys" line:"V2" does:"keys of extraConfig that came while a VM was on are still there when it is off"`
	GuestInfoBytes      int  `json:"guestInfoBytes" line:"V3" does:"all guestinfo of a VM together may have so many bytes, instead of 1 MiB"`
	SameInstanceUuids   bool `json:"sameInstanceUuids" line:"V5" does:"a second VM keeps the instance UUID that another has"`
	SameChildNames      bool `json:"sameChildNames" line:"V6" does:"CreateChildVM_Task makes a second VM of a name in a vApp"`
	TruncateSerialFiles bool `json:"truncateSerialFiles" line:"V8" does:"the file of a serial port begins anew at power-on, whatever the answer says"`
	CapacityRequired    bool `json:"capacityRequired" line:"V9 V10" does:"a disk that is added needs its capacity, also as a child or one that is there"`
	NoSwap              bool `json:"noSwap" line:"V11" does:"one reconfigure can't remove a disk and add another"`
	WholeDevices        bool `json:"wholeDevices" line:"V12" does:"a device that is removed has to be sent whole, with its backing"`
	KeepParents         bool `json:"keepParents" line:"V13" does:"Destroy_Task leaves parent disks alone whose last child it deletes"`
	OwnMacs             bool `json:"ownMacs" line:"V14" does:"a network card gets a MAC address of vCenter's, whatever its spec says"`
	NoTools             bool `json:"noTools" line:"V15" does:"the tools of a guest never say anything"`
	ToolsDelayMs        int  `json:"toolsDelayMs" line:"V15" does:"the tools of a guest say nothing for so long"`
	RefuseSuspended     bool `json:"refuseSuspended" line:"V36" does:"PowerOffVM_Task refuses a VM that is suspended"`
	PowerLagMs          int  `json:"powerLagMs" line:"V37" does:"a VM's power state is told so late, and what is called meanwhile needs both that one and the real one: else it fails with InvalidPowerState"`
	UnregisterWaits     bool `json:"unregisterWaits" line:"V17" does:"UnregisterVM waits for the VM's tasks"`
	BootWithoutMedium   bool `json:"bootWithoutMedium" line:"V18" does:"a VM whose ISO is missing starts with an empty drive"`

	// Serial ports.
	NoSerialRedial   bool `json:"noSerialRedial" line:"L2" does:"the serial port of a VM that is powered on from then on stays without its proxy once the connection has ended, or didn't come about"`
	SerialMustAnswer bool `json:"serialMustAnswer" line:"V8a L1" does:"a VM whose serial port's proxy doesn't answer isn't powered on"`

	// vApps, pools, folders, networks.
	NoDrs               bool `json:"noDrs" line:"P1" does:"no cluster has DRS from then on: no new vApps; what is there stays"`
	BareDuplicateName   bool `json:"bareDuplicateName" line:"P2" does:"the object of a DuplicateName is the one that was called, not the existing one"`
	VAppsOutsideFolders bool `json:"vAppsOutsideFolders" line:"P4" does:"Folder.childEntity holds no vApps"`
	ShortNames          bool `json:"shortNames" line:"P9" does:"names have 79 characters at most"`
	FixedPorts          bool `json:"fixedPorts" line:"P11" does:"port groups don't grow beyond numPorts"`

	// Datastores.
	HalfUploads       bool `json:"halfUploads" line:"D2" does:"readers of a file see an upload while it goes on"`
	RemakeDirectories bool `json:"remakeDirectories" line:"D3" does:"MakeDirectory of a directory that exists succeeds"`
	UnfoundNames      bool `json:"unfoundNames" line:"D12" does:"ConvertNamespacePathToUuidPath gives a path back in which nothing is found"`
	UntypedListings   bool `json:"untypedListings" line:"D4" does:"SearchDatastore_Task says of no entry whether it is a directory"`
	PartialDeletes    bool `json:"partialDeletes" line:"D7" does:"DeleteDatastoreFile_Task deletes what it can of a directory with an open file before it faults"`
	LockedReads       bool `json:"lockedReads" line:"D6" does:"/folder answers 403 to who reads a file that a VM has open"`
	NoRanges          bool `json:"noRanges" line:"D8" does:"/folder answers a range with the whole file"`
	NoHead            bool `json:"noHead" line:"D8" does:"/folder answers HEAD with 501"`
	LateLogsMs        int  `json:"lateLogsMs" line:"D9" does:"what a running VM writes to a file shows in /folder so late, also when the VM is off by then"`
}
