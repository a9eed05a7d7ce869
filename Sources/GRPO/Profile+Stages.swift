import Torch

// Before and around the steps.
extension Profile.Stage {
    static let loading = Self("loading models")
    static let data = Self("reading and tokenizing data")
    static let memoryCheck = Self("memory check")
    static let choosingPrompts = Self("choosing prompts")
    static let evaluation = Self("evaluation")
    static let saving = Self("saving")
    static let logging = Self("writing logs")
    static let reporting = Self("reporting")
}

// The stages of a step, in the order in which they come.
extension Profile.Stage {
    static let sampling = Self("sampling")
    static let completionTexts = Self("texts of completions")
    static let scoring = Self("scoring")
    static let referencePass = Self("reference log-probabilities")
    static let values = Self("values")
    static let advantages = Self("advantages")
    static let training = Self("training")
    static let batches = Self("batches")
    static let entropies = Self("entropies of the step")
    static let forward = Self("forward")
    static let loss = Self("loss")
    static let valueLoss = Self("loss of the values")
    static let measuring = Self("numbers of the loss")
    static let backward = Self("backward")
    static let summing = Self("sums of gradients")
    static let optimizer = Self("optimizer")
    static let referenceUpdate = Self("reference update")
}
