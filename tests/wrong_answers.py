"""For every exercise, by notebook and check cell: answers that a learner might give and that the check must refuse."""

WRONG_ANSWERS = {
    "00_start_here": {
        "exercise-1-check": [
            """
my_answers = ["a pie chart", "a chest X-ray", "an ultrasound image", "a retinal fundus photograph"]
mine = model.probabilities(model.encode_images(my_picture), model.encode_texts(my_answers))[0]
""",
            """
my_answers = ["a retinal fundus photograph", "a chest X-ray"]
mine = model.probabilities(model.encode_images(my_picture), model.encode_texts(my_answers))[0]
""",
        ],
        "exercise-2-check": ["lowest = 0.9", 'lowest = "0.68"'],
    },
    "01_load_from_hub": {
        "exercise-1-check": ['answer = "c"', 'answer = "b"'],
        "exercise-2-check": ["percent = 0.21", "percent = 100 * 30522 * 512 / 1e6 / text"],
    },
    "02_load_from_local_files": {
        "exercise-1-check": [
            """
def unknown_share(tokenizer, sentence):
    return 0.0
""",
            """
def unknown_share(tokenizer, sentence):
    return tokenizer.tokenizer.tokenize(sentence).count(tokenizer.tokenizer.unk_token)
""",
        ],
        "exercise-2-check": ['answer = "a"', 'answer = "d"'],
    },
    "03_zero_shot_classification": {
        "exercise-1-check": [
            """
my_prompts = ["a picture of " + label for label in [*labels[1:], labels[0]]]
my_table = model.probabilities(images, model.encode_texts(my_prompts))
"""
        ],
        "exercise-2-check": ['answer = "a"', 'answer = "c"'],
    },
    "04_cross_modal_retrieval": {
        "exercise-1-check": [
            "my_score = recall_at_k(look_alike, 2, same_kind)",
            "np.fill_diagonal(same_kind, False)\nmy_score = recall_at_k(look_alike, 1, same_kind)",
        ],
        "exercise-2-check": ["my_chance = 10 * R / 500", "my_chance = 1 - (1 - R / 500) ** 10"],
        "exercise-3-check": ['answer = "a"', 'answer = "b"'],
    },
    "05_prompt_engineering": {
        "exercise-1-check": ['answer = "a"', 'answer = "b"', 'answer = "d"'],
        "exercise-2-check": [
            "my_scale = 1 / best_scale",
            """
def likelihood(scale):
    return log_softmax(scale * cosines[validation], axis=1)[np.arange(240), truth[validation]].mean()


my_scale = float(minimize_scalar(likelihood, bounds=(1, 200), method="bounded").x)
""",
        ],
    },
    "06_visual_question_answering": {
        "exercise-1-check": ["fair = accuracy(yes_no.answer, always_no).value", "fair = 1.0"],
        "exercise-2-check": ["at_most = 4", "at_most = 2"],
    },
    "07_evaluation": {
        "exercise-1-check": ["others_recall = 0.6523", "others_recall = 3 * 0.6523 - 0.03"],
        "exercise-2-check": ['answer = "a"', 'answer = "c"'],
    },
}
